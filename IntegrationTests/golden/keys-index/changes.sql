update by_index set code = 'C' where id = 2;
update by_index set v = 'zwei' where id = 2;
