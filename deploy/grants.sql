-- What the portal's own database role may do: use rows, and nothing else. Run as a superuser in the portal's database, before
-- the first `migrate` or `restore`; it can be run again. The tables belong to exchange_owner, which only brings them up to date.
GRANT USAGE ON SCHEMA public TO exchange;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO exchange;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO exchange;
ALTER DEFAULT PRIVILEGES FOR ROLE exchange_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO exchange;
ALTER DEFAULT PRIVILEGES FOR ROLE exchange_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO exchange;
