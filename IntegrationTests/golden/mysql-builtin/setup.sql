-- A table among the server's own: table.ignore.builtin.
create table if not exists mysql.golden_own (id int primary key);
delete from mysql.golden_own;
insert into mysql.golden_own values (1);
create table t (id int primary key, v varchar(10));
insert into t values (1, 'one');
