insert into places select id + 100, g, p, pz, gg, gp, ag, agg, g_not_null, b2, b3 from places order by id;
