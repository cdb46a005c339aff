insert into a values (2, 2);
begin; insert into a values (3, 3); insert into a values (4, 4); commit;
