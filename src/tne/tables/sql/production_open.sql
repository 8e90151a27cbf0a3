-- Weeks that had not ended on the market's latest day of production.
SELECT c.market, c.week, MAX(c.day) > MAX(p.latest_day) AS provisional
FROM calendar AS c
JOIN (SELECT market, MAX(date) AS latest_day FROM production GROUP BY market) AS p ON p.market = c.market
GROUP BY c.market, c.week
