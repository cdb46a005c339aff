create table outbox (id uuid primary key, aggregatetype text not null, aggregateid text not null, type text not null, payload text,
  version int, at timestamp(6), part int not null default 2, note text default 'none', extra numeric(6,2));
create table plain (id int primary key, v text);
insert into outbox values
  ('11111111-1111-1111-1111-111111111111', 'Order', 'o-1', 'created', '{"a":1,"b":"x","c":[1,2],"d":{"e":true,"f":null},"g":1.5}', 1, '2024-01-01 10:00:00.123456', 1, 'n1', 1.5),
  ('22222222-2222-2222-2222-222222222222', 'Customer', 'c-1', 'made', 'plain text', 2, null, 0, null, null);
insert into plain values (1, 'x');
