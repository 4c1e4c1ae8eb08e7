/* A shared object with a driver's name, and no driver in it. */
int ahoy_test_nothing(void);

int ahoy_test_nothing(void)
{
	return 0;
}
