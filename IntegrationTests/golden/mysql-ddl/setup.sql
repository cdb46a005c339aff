create table t (id int primary key, v varchar(20), n int default 5) comment 'the table';
insert into t values (1, 'one', 1), (2, 'two', 2);
create table other (id int primary key, o varchar(5) comment 'a column');
insert into other values (1, 'o');
create table latin (id int primary key, v varchar(20)) charset latin1;
insert into latin values (1, 'é');
create table parts (id int, y int, primary key (id, y)) partition by range (y) (partition p0 values less than (1000), partition p1 values less than (2000));
insert into parts values (1, 500), (2, 1500);
