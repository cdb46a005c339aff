begin; insert into big select i, i * 7 from generate_series(1, 4000) i; update big set v = -v where id > 3000; commit;
insert into big values (9999, 1);
