create table big (id int primary key, v int);
insert into big values (0, 0);
