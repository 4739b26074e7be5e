"""How fast this machine is: measurements that ``glpose bench`` prints, beside a named alternative in the same run."""
