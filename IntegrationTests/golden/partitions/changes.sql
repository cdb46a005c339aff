insert into parted values (3, 'eu', 3), (4, 'us', 4);
update parted set v = 5 where id = 3;
update parted set region = 'us' where id = 3;
delete from parted where id = 1;
