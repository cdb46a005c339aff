delete from a where id = 1;
update a set id = 3 where id = 2;
