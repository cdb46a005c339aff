begin; insert into a values (2, 2); insert into b values (1, 2); update a set v = 3 where id = 2; insert into c values (1, 'c'); delete from b where id = 1; commit;
begin; insert into a values (3, 3); savepoint s; insert into a values (4, 4); rollback to s; insert into a values (5, 5); savepoint t; insert into a values (6, 6); release t; commit;
begin; insert into a values (7, 7); rollback;
begin; insert into a values (8, 8); update a set id = 9 where id = 8; update a set id = 8 where id = 9; delete from a where id = 8; commit;
update a set v = v + 1;
begin; commit;
begin; delete from a; insert into a values (1, 100); commit;
