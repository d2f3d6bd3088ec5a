/* What are the units called? */
select unit_id, name, population, is_measured
from published.unit
order by unit_id
