create table a (id int primary key, v int);
alter table a replica identity full;
insert into a values (1, 1);
