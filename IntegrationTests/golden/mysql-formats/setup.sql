create table things (id int auto_increment primary key, v varchar(20), n decimal(10,2), d date, b blob, f float, big bigint unsigned, e enum('a', 'b'), j json, at timestamp(3) null);
insert into things (v, n, d, b, f, big, e, j, at) values ('one', 1.50, '2024-02-29', x'00ff', 1.5, 18446744073709551615, 'a', '{"k": [1, 2.5]}', '2024-02-29 13:14:15.123'), (null, null, null, null, null, null, null, null, null);
create table `odd-name` (`a-b` int primary key, `2x` varchar(5));
insert into `odd-name` values (1, 'x');
