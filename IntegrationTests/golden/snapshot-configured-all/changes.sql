insert into t values (4, 'four');
update t set v = 'x' where id = 1;
delete from t where id = 2;
