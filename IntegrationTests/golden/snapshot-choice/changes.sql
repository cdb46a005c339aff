insert into a values (10, 'new', 1);
insert into b values (10, 'new', 1);
