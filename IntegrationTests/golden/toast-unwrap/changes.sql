update by_key set n = 2 where id = 1;
update by_key set t = 'short' where id = 1;
