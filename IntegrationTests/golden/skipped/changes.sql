insert into a values (2, 2);
update a set v = 3 where id = 1;
delete from a where id = 1;
truncate a;
