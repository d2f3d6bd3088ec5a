/* How far can a tip be trusted that names an appeal or a platform? */
select rung, precision, low, high, reason
from published.tips_precision
order by rung
