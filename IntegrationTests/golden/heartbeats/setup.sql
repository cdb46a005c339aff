create table a (id int primary key, v int);
create table pulse (id int primary key, v text);
insert into a values (1, 1);
