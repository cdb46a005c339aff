create table a (id int primary key, v int);
create table b (id int primary key, a int);
create table c (id int, v text);
insert into a values (1, 1);
