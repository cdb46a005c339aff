insert into mysql.golden_own values (2);
insert into t values (2, 'two');
drop table mysql.golden_own;
