update t set n = 2 where id = 1;
update t set small = null where id = 1;
insert into t (id, n) values (2, null);
insert into t (id, n, small) values (3, null, 'gone');
delete from t where id = 3;
update t set small = 'late', d = 2.25 where id = 2;
update pair set v = null where a = 1;
update pair set b = 'y' where a = 1;
update nokey set n = 5;
