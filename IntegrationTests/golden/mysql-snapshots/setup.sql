create table a (id int primary key, v varchar(10), n int);
insert into a values (1, 'one', 10), (2, 'two', 20), (3, 'three', 30);
create table b (id int primary key, v varchar(10));
insert into b values (1, 'b');
create table c (id int auto_increment primary key, v varchar(10));
insert into c (v) values ('x'), ('y'), ('z'), ('z'), ('z');
create table nothing (id int primary key);
create view seen as select * from a;
