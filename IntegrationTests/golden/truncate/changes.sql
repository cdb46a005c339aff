truncate a;
insert into a values (2);
truncate a, b, c;
begin; insert into b values (3); truncate b; commit;
delete from a;
