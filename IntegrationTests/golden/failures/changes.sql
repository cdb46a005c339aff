insert into t values (11, 1.5, 1.5, 1.5, 'sound'), (12, 'NaN', 1.5, 1.5, 'nullable'), (13, 1.5, 'NaN', 1.5, 'required'), (14, 1.5, 1.5, 'NaN', 'with a default'), (15, 1.5, 1.5, 1.5, 'last');
update t set v = 'again' where id < 6;
update t set m = 2.5, n = 2.5, q = 2.5 where id < 6;
update t set id = id + 100 where id in (11, 15);
update whole set n = 3;
delete from whole;
delete from t;
