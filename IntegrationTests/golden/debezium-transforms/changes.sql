insert into t values (4, 'four', 99.99, 4611686018427387904, 7, 3.4e38, 1.7e308, true, '\xdeadbeef', '2050-07-01 00:00:00', '2050-01-01 00:00:00',
  '12024-01-01 00:00:00+00', '00:00:00+00', '2001-01-01', '23:59:59.5');
update t set v = 'eins', n = 2.50 where id = 1;
update t set v = v where id = 4;
update t set id = 20 where id = 2;
delete from t where id = 3;
insert into t_2 values (2, 'b', 'y'), (2147483647, 'a much longer text than sixteen bytes: ü€', null);
update t_2 set v = 'z' where id = 1;
insert into nokey values (2, 'y');
truncate t_2;
