"""Who is who: centres, users, roles, devices, teams, shifts, and which rows each may reach; knows no case."""
