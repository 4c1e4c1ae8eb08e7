/* Every flow on the virtual network. */
#include "flow.h"

int main(void)
{
	return flow_run_all("flows on the virtual network", CARRIER_VIRTUAL);
}
