create table t (id int primary key, v varchar(10));
insert into t values (1, 'one'), (2, 'two');
create table beats (id int auto_increment primary key, at int);
