insert into t values (3, 'three', 3);
update t set v = 'eins' where id = 1;
update t set id = 4 where id = 2;
delete from t where id = 1;
delete from d where id = 1;
truncate d;
