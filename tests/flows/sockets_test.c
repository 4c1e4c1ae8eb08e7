/* The flows that need no long waiting, on real UDP sockets: the same golden files without their times. */
#include "flow.h"

int main(void)
{
	return flow_run_all("flows on loopback sockets", CARRIER_SOCKETS);
}
