create table plain (id int primary key, v text);
insert into plain select i, 'v' || i from generate_series(1, 4) i;
create table other (id int primary key, v text);
insert into other select i, 'o' || i from generate_series(1, 3) i;
create table void (id int primary key, v text);
create table keyless (v text);
insert into keyless values ('a');
create table signals (id varchar(42) primary key, type varchar(32) not null, data varchar(2048));
