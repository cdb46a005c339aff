create table a (id int primary key, v int);
create table b (id int primary key, a int);
create table c (id int, v text);
create table hidden (id int primary key);
create schema "Else Where";
create table "Else Where"."T b" (id int primary key, v int);
insert into a values (1, 1);
insert into b values (1, 1), (2, 2);
