-- What refers to a row by its account and its id need not refer to it by its id once more. Here the tables were made anew
-- by 0007, without those keys; what is left is that both databases know the same migrations.
SELECT 1;
