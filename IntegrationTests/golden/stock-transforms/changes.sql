insert into t values (4, 'four', 99.99, 4611686018427387904, 7, 3.4e38, 1.7e308, true, '\xdeadbeef', '2001-01-01 00:00:00', '2001-01-01', '0', 4);
update t set v = 'eins', n = 2.5, num = '128' where id = 1;
update t set id = 20 where id = 2;
delete from t where id = 3;
insert into plain values (2, 'y');
