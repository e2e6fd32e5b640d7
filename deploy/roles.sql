-- Two roles: exchange_owner owns the tables and brings them up to date, exchange uses rows. Run as a superuser, with \set owner
-- and \set portal, their passwords; it can be run again.
SELECT 'CREATE ROLE exchange_owner LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'exchange_owner')
\gexec
SELECT 'CREATE ROLE exchange LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'exchange')
\gexec
ALTER ROLE exchange_owner PASSWORD :'owner';
ALTER ROLE exchange PASSWORD :'portal';
SELECT 'CREATE DATABASE exchange OWNER exchange_owner'
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'exchange')
\gexec
