create table by_index (id int primary key, code text not null unique, v text);
alter table by_index replica identity using index by_index_code_key;
insert into by_index values (1, 'A', 'one'), (2, 'B', 'two');
