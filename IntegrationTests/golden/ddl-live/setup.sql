create table grows (id int primary key, a text, b int);
create table quiet (id int primary key, a text);
insert into grows values (1, 'one', 1);
