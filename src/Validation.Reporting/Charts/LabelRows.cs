namespace Validation.Reporting.Charts;

/// <summary>Finds rows for labels so that none covers another.</summary>
internal sealed class LabelRows
{
    private const double Gap = 10;

    private readonly List<double> _freeFrom = [];
    private readonly int _most;

    /// <summary>Creates the rows.</summary>
    /// <param name="most">How many rows there may be.</param>
    public LabelRows(int most) => _most = most;

    /// <summary>Gets how many rows are in use.</summary>
    public int Count => _freeFrom.Count;

    /// <summary>Takes a place. Places must be asked for from left to right.</summary>
    /// <param name="left">Where it begins.</param>
    /// <param name="right">Where it ends.</param>
    /// <returns>The row, from 0; null when there is no room.</returns>
    public int? Place(double left, double right)
    {
        for (var row = 0; row < _freeFrom.Count; row++)
        {
            if (_freeFrom[row] <= left)
            {
                _freeFrom[row] = right + Gap;
                return row;
            }
        }

        if (_freeFrom.Count == _most)
        {
            return null;
        }

        _freeFrom.Add(right + Gap);
        return _freeFrom.Count - 1;
    }
}
