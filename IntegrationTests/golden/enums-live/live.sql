insert into people values (2, 'ok', '{}');
alter type mood add value 'happy' before 'ok';
insert into people values (3, 'happy', '{happy}');
alter table people add column n int;
insert into people values (4, 'happy', '{sad,happy}', 1);
alter type mood rename value 'sad' to 'blue'; alter table people add column other mood;
insert into people values (5, 'blue', '{blue}', 1, 'happy');
create type hue as enum ('red'); alter table people add column h hue;
insert into people values (6, null, null, null, null, 'red');
