insert into items select id + 100, v, free, h, s, av, v_not_null from items order by id;
