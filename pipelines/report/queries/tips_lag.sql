/* How long after an appeal do its tips come? The law that was fitted on tips that came by a post's own link.
   Variable public: without the number of tips that it was fitted on. */
select
    measure,
    value,
    low,
    high,
    reason
from published.tips_lag
where not getvariable('public') or measure <> 'tips'
order by measure
