create table plain (id int primary key, v varchar(20));
create table other (id int primary key, v varchar(20));
create table signals (id varchar(42) primary key, type varchar(32) not null, data varchar(2048));
