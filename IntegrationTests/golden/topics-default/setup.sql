create schema other;
create table one (id int primary key, note text);
create table other.two (id int primary key, note text);
insert into one values (1, 'a');
insert into other.two values (1, 'b');
