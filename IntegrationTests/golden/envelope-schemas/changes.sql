insert into a values (2, 2);
update a set v = 5 where id = 2;
update a set id = 4 where id = 2;
delete from a where id = 4;
