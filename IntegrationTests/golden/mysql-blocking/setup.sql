create table plain (id int primary key, v varchar(20));
insert into plain values (1, 'v1'), (2, 'v2'), (3, 'v3'), (4, 'v4');
create table other (id int primary key, v varchar(20));
insert into other values (1, 'o1'), (2, 'o2'), (3, 'o3');
create table void (id int primary key, v varchar(20));
create table keyless (v varchar(20));
insert into keyless values ('a');
create table signals (id varchar(42) primary key, type varchar(32) not null, data varchar(2048));
