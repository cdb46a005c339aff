insert into v values (3, '[0.1,1e-7,16777217]', '[1,1]', '{}/5');
update v set a = '[4,5,6]' where id = 1;
delete from v where id = 2;
