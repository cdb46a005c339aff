update byidentity set note = 'b' where id = 1;
update byrow set note = 'b' where id = 1;
update byidentity set id = 2 where id = 1;
update byrow set cut = 'short', hash1 = null where id = 1;
delete from byidentity;
delete from byrow;
